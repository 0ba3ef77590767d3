import Foundation
public import StokerCore

/// The engine that is spoken to: resolved once, as the docker client would, and then used for everything,
/// the client's builds included.
public struct Endpoint: Sendable, Hashable, Codable {
    public enum Address: Sendable, Hashable, Codable {
        case unix(path: String)
        case tcp(host: String, port: Int)
    }

    public var address: Address
    /// The folder with `ca.pem`, `cert.pem` and `key.pem`; `nil` for an endpoint without TLS.
    public var certificates: String?

    public init(address: Address, certificates: String? = nil) {
        self.address = address
        self.certificates = certificates
    }

    /// As `DOCKER_HOST` has it.
    public var host: String {
        switch address {
        case .unix(let path): "unix://\(path)"
        case .tcp(let host, let port): "tcp://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }

    /// - Parameters:
    ///   - environment: as of the process: `DOCKER_HOST`, `DOCKER_CONTEXT`, `DOCKER_CONFIG`,
    ///     `DOCKER_TLS_VERIFY`, `DOCKER_CERT_PATH`.
    ///   - user: what the user's own configuration sets; the environment is nearer and wins.
    /// - Throws: `StokerError` with `.badInput` for an address that cannot be understood, or a context that
    ///   does not exist.
    public static func resolve(
        environment: [String: String], user: EngineChoice? = nil
    ) throws -> Endpoint {
        let docker = DockerConfiguration(environment: environment)
        if let (host, certificates) = LeasedEnvironment.proxied(environment) {
            return try Endpoint(parsing: host, certificates: certificates, from: LeasedEnvironment.engine)
        }
        if let host = environment["DOCKER_HOST"], !host.isEmpty {
            return try Endpoint(
                parsing: host, certificates: docker.environmentCertificates, from: "DOCKER_HOST")
        }
        if let name = environment["DOCKER_CONTEXT"], !name.isEmpty {
            return try docker.endpoint(ofContext: name, from: "DOCKER_CONTEXT")
        }
        switch user {
        case .host(let host):
            return try Endpoint(
                parsing: host, certificates: docker.environmentCertificates,
                from: "the user's configuration")
        case .context(let name):
            return try docker.endpoint(ofContext: name, from: "the user's configuration")
        case nil: break
        }
        if let name = docker.currentContext {
            return try docker.endpoint(ofContext: name, from: docker.file)
        }
        return DockerConfiguration.standard
    }

    /// - Parameter source: where the text stands, for the error.
    public init(parsing text: String, certificates: String?, from source: String) throws {
        func bad(_ expected: String) -> StokerError {
            StokerError(
                .badInput, "\(source) is `\(text)`, which is not an engine's address", nextStep: expected)
        }
        if text.hasPrefix("unix://") {
            let path = String(text.dropFirst("unix://".count))
            guard path.hasPrefix("/") else { throw bad("write unix:// and an absolute path") }
            guard path.utf8.count <= SocketPath.limit else {
                throw bad("use a socket path of at most \(SocketPath.limit) bytes")
            }
            self.init(address: .unix(path: path))
            return
        }
        if text.hasPrefix("ssh://") {
            throw bad(
                "ssh is not supported yet; forward the socket (ssh -L /tmp/docker.sock:/var/run/docker.sock) "
                    + "and use unix:///tmp/docker.sock")
        }
        guard text.hasPrefix("tcp://"), let parts = URLComponents(string: text), let host = parts.host,
            !host.isEmpty, parts.path.isEmpty || parts.path == "/"
        else { throw bad("write unix:///PATH or tcp://HOST:PORT") }
        let port = parts.port ?? (certificates == nil ? 2375 : 2376)
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        self.init(address: .tcp(host: bare, port: port), certificates: certificates)
    }
}

extension Endpoint: CustomStringConvertible {
    public var description: String { host }
}
