//! A TCP proxy before a server, which can cut, slow down or silence its connections.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinSet,
};

/// The treatment of the bytes of all connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// They arrive.
    Open,
    /// They arrive this much later.
    Slow(Duration),
    /// They are held back until this ends; connections stay, and new ones are taken.
    Silent,
}

/// A proxy on a port of its own. Dropping it ends all connections.
pub struct Proxy {
    address: SocketAddr,
    server: watch::Sender<String>,
    wire: watch::Sender<Wire>,
    open: JoinSet<()>,
}

impl Proxy {
    /// A proxy to a server (`host:port`) that is cut at first: connections are refused.
    pub async fn cut_from(server: &str) -> Self {
        // Binding finds a free port; the listener is not kept.
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            server: watch::Sender::new(server.to_owned()),
            wire: watch::Sender::new(Wire::Open),
            open: JoinSet::new(),
        }
    }

    /// A proxy to a server (`host:port`) on a port that stays free while it is cut.
    pub async fn to(server: &str) -> Self {
        let mut proxy = Self::cut_from(server).await;
        proxy.address.set_port(crate::commands::free_port());
        proxy.restore().await;
        proxy
    }

    /// Where clients connect, `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Lets connections through.
    pub async fn restore(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let (server, wire) = (self.server.subscribe(), self.wire.clone());
        self.open.spawn(async move {
            // Dropped with this task, which ends every connection.
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let (server, wire) = (server.borrow().clone(), wire.clone());
                connections.spawn(async move {
                    if let Ok(upstream) = TcpStream::connect(server).await {
                        let (from_client, to_client) = client.into_split();
                        let (from_server, to_server) = upstream.into_split();
                        tokio::join!(
                            forward(from_client, to_server, wire.subscribe()),
                            forward(from_server, to_client, wire.subscribe()),
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

    /// Ends all connections; new ones are welcome.
    pub async fn sever(&mut self) {
        self.cut().await;
        self.restore().await;
    }

    /// Leads new connections to another server; those that are open stay with theirs.
    pub fn lead_to(&self, server: &str) {
        self.server.send_replace(server.to_owned());
    }

    /// Changes what happens to bytes, those under way included.
    pub fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut wire: watch::Receiver<Wire>) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        let Ok(state) = wire
            .wait_for(|wire| *wire != Wire::Silent)
            .await
            .map(|wire| *wire)
        else {
            return;
        };
        if let Wire::Slow(delay) = state {
            tokio::time::sleep(delay).await;
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
    // The other direction may have something left to say.
    let _ = to.shutdown().await;
}
