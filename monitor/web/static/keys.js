// Small comforts; every page works without them. "/" goes to the search, "j" and "k" walk through a list of works or the
// review queue, and a row of answers can be given with the arrow keys anyway.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=radio]), textarea, select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  } else if (event.key === "j" || event.key === "k") {
    const stops = [...document.querySelectorAll(".works .title, .queue .title")];
    const now = stops.indexOf(document.activeElement);
    const next = event.key === "j" ? Math.min(stops.length - 1, now + 1) : Math.max(0, now - 1);
    if (stops[next]) {
      stops[next].focus();
    }
  }
});
