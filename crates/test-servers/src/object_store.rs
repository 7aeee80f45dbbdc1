//! A real S3 endpoint in this process, with its objects in a temporary folder.

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The access key the server accepts.
pub const ACCESS_KEY: &str = "test-access-key";
/// The secret key the server accepts.
pub const SECRET_KEY: &str = "test-secret-key";

/// A running S3 server without any bucket; it ends, and its objects go, when this is dropped.
pub struct ObjectStoreServer {
    /// Host and port, without a scheme.
    pub endpoint: String,
    /// Each bucket is a folder in here.
    pub folder: TempDir,
    _connections: JoinSet<()>,
}

impl ObjectStoreServer {
    /// Starts the server on a free port.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = builder.build();

        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = listener.local_addr().unwrap().to_string();
        let mut connections = JoinSet::new();
        connections.spawn(async move {
            // Dropped with this task, which ends every open connection.
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let service = service.clone();
                open.spawn(async move {
                    let _ = Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self {
            endpoint,
            folder,
            _connections: connections,
        }
    }
}
