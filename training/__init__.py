"""Trains the models that ship in qa/models; not packaged."""
