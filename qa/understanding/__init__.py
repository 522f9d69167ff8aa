"""What a question asks for: its type, and what a follow-up leaves unsaid."""
