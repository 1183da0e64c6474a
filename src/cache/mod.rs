//! What was learnt, with its security and its deadline.
