//! The nouns that the upper rooms share.
