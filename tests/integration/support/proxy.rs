//! A wire that can be cut, or go dead: forwards TCP connections to a server until told otherwise.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// Forwards from a port of its own.
pub struct Proxy {
    address: SocketAddr,
    server: String,
    open: JoinSet<()>,
    /// Whether bytes pass.
    flowing: watch::Sender<bool>,
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
            flowing: watch::Sender::new(true),
        }
    }

    /// A proxy that lets connections through.
    pub async fn to(server: &str) -> Self {
        let mut proxy = Self::cut_from(server).await;
        proxy.restore().await;
        proxy
    }

    /// Where clients connect, `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Lets connections through.
    pub async fn restore(&mut self) {
        self.flowing.send_replace(true);
        let listener = TcpListener::bind(self.address).await.unwrap();
        let (server, flowing) = (self.server.clone(), self.flowing.subscribe());
        self.open.spawn(async move {
            // Dropped with this task, which ends every connection.
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let (server, mut flowing) = (server.clone(), flowing.clone());
                connections.spawn(async move {
                    let _ = flowing.wait_for(|flowing| *flowing).await;
                    if let Ok(upstream) = TcpStream::connect(server).await {
                        let (client_end, server_end) = (client.into_split(), upstream.into_split());
                        tokio::join!(
                            forward(client_end.0, server_end.1, flowing.clone()),
                            forward(server_end.0, client_end.1, flowing)
                        );
                    }
                });
            }
        });
    }

    /// Ends all connections and refuses new ones.
    pub async fn cut(&mut self) {
        self.open.shutdown().await;
    }

    /// Swallows everything from now on, as a network that drops packets does: connections stay open,
    /// new ones are taken, and nothing passes.
    pub fn swallow(&self) {
        self.flowing.send_replace(false);
    }

    /// Lets pass what was held back, and all that follows.
    pub fn flow_again(&self) {
        self.flowing.send_replace(true);
    }
}

async fn forward(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut flowing: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let _ = flowing.wait_for(|flowing| *flowing).await;
        if to.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
