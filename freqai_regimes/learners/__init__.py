"""Learners behind one small contract: fit on rows, predict rows, be pickled."""
