//! The community's credentials at official indexes; their secrets lie with the keys, not here.
