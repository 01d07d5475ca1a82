"""Which findings are not shown: by selector, comment or baseline."""
