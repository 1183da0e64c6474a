//! File (YAML as written) to checked configuration.
