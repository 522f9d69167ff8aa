"""Programs that measure the product. Each runs as a module: `python -m evals.run_all`."""
