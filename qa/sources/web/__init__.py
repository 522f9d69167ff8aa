"""The web as a source: pages, feeds, sitemaps and lists, fetched politely and safely."""
