//! From a question to the authoritative response.
