/// What the kernel allows as the path of a Unix socket.
public enum SocketPath {
    /// Bytes: the size of `sun_path` less its closing zero.
    public static let limit = 107
}
