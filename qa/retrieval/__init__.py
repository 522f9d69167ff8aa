"""From a query to ranked passages: two searches, fused, re-ranked, near duplicates folded."""
