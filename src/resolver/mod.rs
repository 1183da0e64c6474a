//! One resolver: cache, iteration and validation.
