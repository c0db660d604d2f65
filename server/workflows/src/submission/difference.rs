//! How a candidate differs from the last released version: files, sizes, and text within bounds.
