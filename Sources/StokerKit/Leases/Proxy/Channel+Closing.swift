import NIOCore

extension Channel {
    /// Closes when all that was written has gone out, or cannot.
    ///
    /// The other side hears of it even if a child of ours has inherited the socket: NIO's are not closed on exec.
    func closeAfterWrites() {
        writeAndFlush(ByteBuffer()).whenComplete { _ in
            self.close(mode: .output).whenComplete { _ in self.close(promise: nil) }
        }
    }

    /// The same for this direction alone.
    func endOutput() {
        writeAndFlush(ByteBuffer()).whenComplete { _ in self.close(mode: .output, promise: nil) }
    }
}
