//! What an operator adds for client answers: access.
