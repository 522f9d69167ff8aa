"""The trained weights, and the forward passes that run them."""
