-- Of the works of a goal and week every share falls to a group, `unknown` among them.
SELECT iso_week, goal, sum(share) AS total FROM goal_group_week GROUP BY iso_week, goal HAVING abs(total - 1) > 0.000001;
