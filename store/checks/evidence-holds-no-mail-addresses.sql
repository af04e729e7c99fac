-- The host of an address is evidence; the address itself is nobody's business.
SELECT id, raw FROM evidence WHERE raw GLOB '*[a-zA-Z0-9]@[a-zA-Z0-9]*.[a-zA-Z]*' OR words GLOB '*[a-zA-Z0-9]@[a-zA-Z0-9]*.[a-zA-Z]*';
