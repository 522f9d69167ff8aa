"""What a chat does without a browser, free of any web framework and of HTML."""
