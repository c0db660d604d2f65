//! Packages whose home is this community: the index documents made of what was released here.
