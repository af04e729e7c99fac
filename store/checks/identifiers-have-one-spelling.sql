-- The same DOI in two spellings would be two identifiers, and its records two works.
SELECT scheme, value FROM identifiers
 WHERE value != trim(value) OR value = '' OR scheme != lower(scheme)
    OR (scheme IN ('doi', 'arxiv', 'pmid', 'pmcid') AND value != lower(value))
    OR (scheme = 'doi' AND value NOT LIKE '10._%/_%');
