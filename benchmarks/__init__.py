"""Measures the speed and memory of the product; not packaged."""
