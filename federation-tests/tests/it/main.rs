//! The one integration binary: real programs on both sides.

mod backups;
mod client_cargo;
mod client_npm;
mod client_pip;
mod client_pnpm;
mod client_uv;
mod community_pages;
mod doors;
mod durability;
mod federation;
mod live;
mod odd_names;
mod operations;
mod oracle;
mod pages;
mod partners;
mod patience;
mod poor;
mod publish;
mod stewards;
mod tight;
mod turning;
mod two_databases;
mod upstreams;
mod weather;
mod world;
