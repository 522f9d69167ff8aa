"""Other systems, asked the same questions: `PYTHONPATH=out/peers python -m evals.peers.run`."""
