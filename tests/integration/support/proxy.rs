//! A wire that can be cut: forwards TCP connections to a server until told otherwise.

use std::net::SocketAddr;

use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// Forwards from a port of its own.
pub struct Proxy {
    address: SocketAddr,
    server: String,
    open: JoinSet<()>,
}

impl Proxy {
    /// A proxy to a server (`host:port`) that is cut at first: connections are refused.
    pub async fn cut_from(server: &str) -> Self {
        // Binding finds a free port; the listener is not kept.
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            server: server.to_owned(),
            open: JoinSet::new(),
        }
    }

    /// Where clients connect, `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Lets connections through.
    pub async fn restore(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let server = self.server.clone();
        self.open.spawn(async move {
            // Dropped with this task, which ends every connection.
            let mut connections = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let server = server.clone();
                connections.spawn(async move {
                    if let Ok(mut upstream) = TcpStream::connect(server).await {
                        let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
                    }
                });
            }
        });
    }

    /// Ends all connections and refuses new ones.
    pub async fn cut(&mut self) {
        self.open.shutdown().await;
    }
}
