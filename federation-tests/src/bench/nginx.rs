//! nginx as the limit of what this machine can serve: one worker, sendfile, files of a folder, no log of requests.

use anyhow::Result;

use super::stage::program;
use crate::ports;
use crate::process::Running;
use crate::scratch::Scratch;

/// A running nginx; it ends when dropped.
#[derive(Debug)]
pub struct Nginx {
    _running: Running,
    folder: Scratch,
    port: u16,
}

impl Nginx {
    /// Starts one that serves nothing yet.
    pub fn start() -> Result<Self> {
        let folder = Scratch::new();
        let port = ports::free();
        folder.folder("files");
        folder.folder("logs");
        // The user is the one who made the folder; for anybody but root the line says nothing and nginx ignores it.
        folder.write(
            "nginx.conf",
            format!(
                "daemon off; user root; worker_processes 1; pid logs/pid;\n\
                 events {{ worker_connections 1024; }}\n\
                 http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;\n\
                 default_type application/octet-stream;\n\
                 client_body_temp_path logs/a; proxy_temp_path logs/b; fastcgi_temp_path logs/c; uwsgi_temp_path logs/d; scgi_temp_path logs/e;\n\
                 server {{ listen 127.0.0.1:{port}; root files; }} }}\n"
            ),
        );
        let mut command = program("nginx")?;
        command.arg("-p").arg(folder.path()).arg("-c").arg(folder.join("nginx.conf")).args(["-e", "logs/error"]);
        let mut running = Running::start("nginx", &mut command);
        running.wait_for_port(port);
        Ok(Self { _running: running, folder, port })
    }

    /// Puts a file there and gives its address.
    pub fn serve(&self, name: &str, bytes: &[u8]) -> String {
        self.folder.write(format!("files/{name}"), bytes);
        format!("http://127.0.0.1:{}/{name}", self.port)
    }
}
