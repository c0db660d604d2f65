//! Following other communities: what they are, back-fill, and what their statements weigh here.
