//! Signatures of HTTP messages: draft-cavage and RFC 9421, made with openssl and verified strictly.
