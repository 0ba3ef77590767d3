import Glibc
public import StokerCore
import SystemPackage

extension Endpoint {
    /// The same as `resolve` where it is plain which Unix socket is meant; `nil` where it takes more to
    /// tell: contexts, TCP, TLS, mistakes.
    public static func resolvePlainly(environment: [String: String], user: EngineChoice?) -> Endpoint? {
        if let (host, certificates) = LeasedEnvironment.proxied(environment) {
            return certificates == nil ? plain(host) : nil
        }
        guard (environment["DOCKER_TLS_VERIFY"] ?? "").isEmpty else { return nil }
        if let host = environment["DOCKER_HOST"], !host.isEmpty { return plain(host) }
        guard (environment["DOCKER_CONTEXT"] ?? "").isEmpty else { return nil }
        switch user {
        case .host(let host): return plain(host)
        case .context: return nil
        case nil: break
        }
        // Without HOME the user database would have to be asked.
        guard environment["HOME"] != nil || environment["DOCKER_CONFIG"] != nil else { return nil }
        let file = DockerConfiguration(environment: environment).file
        if access(file, F_OK) != 0 { return errno == ENOENT ? DockerConfiguration.standard : nil }
        // The file may be a link, as a person's own configuration may.
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0,
            let bytes = try? HeldFile(descriptor: descriptor, path: file).readAll(limit: 1 << 20),
            case .object(let members) = PlainJSON(bytes)
        else { return nil }
        switch members["currentContext"] {
        case nil, .null, .string(""), .string("default"): return DockerConfiguration.standard
        default: return nil
        }
    }

    private static func plain(_ host: String) -> Endpoint? {
        guard host.hasPrefix("unix://") else { return nil }
        return try? Endpoint(parsing: host, certificates: nil, from: "")
    }
}
