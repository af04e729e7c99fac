-- What was sent has the moment when the next server took it, what bounced that of the report.
SELECT id, state FROM deliveries WHERE (state = 'sent' AND sent_at IS NULL) OR (state = 'bounced' AND bounced_at IS NULL);
