//! Clients: listeners and replies.
