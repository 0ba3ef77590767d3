import Glibc
import SystemPackage

/// Reads the values of the user's own configuration; all throw `StokerError` (`badInput`).
struct UserValueReader {
    let home: FilePath

    func engine(_ value: ConfigurationValue) throws -> EngineChoice? {
        let map = try value.map("a map with one of the keys context and host")
        try map.check(known: ["context", "host"])
        switch (map["host"], map["context"]) {
        case (nil, nil): return nil
        case (let host?, nil): return .host(try self.host(host))
        case (nil, let context?): return .context(try self.context(context))
        case (.some, .some(let context)):
            throw context.error("found both a host and a context, expected one of them")
        }
    }

    private func host(_ value: ConfigurationValue) throws -> String {
        let expected = "unix:///PATH or tcp://HOST:PORT"
        let text = try value.string(expected)
        if text.hasPrefix("unix:///"), text.count > "unix:///".count {
            guard text.utf8.count - "unix://".count <= SocketPath.limit else {
                throw tooLong(value, text)
            }
            return text
        }
        if text.hasPrefix("tcp://") {
            let address = text.dropFirst("tcp://".count)
            let port = address.lastIndex(of: ":").flatMap { UInt16(address[address.index(after: $0)...]) }
            let host = address.lastIndex(of: ":").map { address[..<$0] } ?? ""
            if let port, port > 0, !host.isEmpty,
                host.unicodeScalars.allSatisfy({
                    $0.isASCII && $0.value > 0x20 && $0 != "/" && $0 != "@" && $0.value != 0x7F
                })
            {
                return text
            }
        }
        throw value.mismatch(expected: expected)
    }

    private func context(_ value: ConfigurationValue) throws -> String {
        let text = try value.string("the name of a docker context")
        guard ImageValueReader.isName(text, also: "_.+-") else {
            throw value.mismatch(expected: "the name of a docker context")
        }
        return text
    }

    func client(_ value: ConfigurationValue) throws -> ClientChoice {
        let expected = "docker, podman or a program's absolute path"
        switch try value.string(expected) {
        case "docker": return .docker
        case "podman": return .podman
        default: return .program(try path(value, expected))
        }
    }

    func socket(_ value: ConfigurationValue) throws -> FilePath? {
        let map = try value.map("a map with the key socket")
        try map.check(known: ["socket"])
        guard let value = map["socket"] else { return nil }
        let path = try path(value, "an absolute path")
        guard path.string.utf8.count <= SocketPath.limit else { throw tooLong(value, path.string) }
        return path
    }

    private func tooLong(_ value: ConfigurationValue, _ text: String) -> StokerError {
        value.error(
            "found \(text.quoted), whose path is longer than the \(SocketPath.limit) bytes that a "
                + "socket's may have", nextStep: "choose a shorter path")
    }

    /// An absolute path, `~` expanded, lexically normal.
    func path(_ value: ConfigurationValue, _ expected: String) throws -> FilePath {
        let text = try value.string(expected)
        guard let path = expand(text) else { throw value.mismatch(expected: expected) }
        return path
    }

    /// `nil` for what is not absolute once `~` is expanded; `~name` is not known here.
    func expand(_ text: String) -> FilePath? {
        if text == "~" { return home }
        let path = text.hasPrefix("~/") ? home.pushing(FilePath(String(text.dropFirst(2)))) : FilePath(text)
        // `~//etc` must not become `/etc`.
        guard path.isAbsolute, !text.hasPrefix("~/") || path.starts(with: home) else { return nil }
        return path.lexicallyNormalized()
    }
}
