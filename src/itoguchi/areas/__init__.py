"""Local governments: codes, names through time, blocks, shapes, neighbours and statistics."""
