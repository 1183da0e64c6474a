//! One exchange with one server.
