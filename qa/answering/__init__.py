"""From passages to an answer: reading, composing, checking what a chat model wrote, citing."""
