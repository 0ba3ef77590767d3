import Foundation
import Glibc
import StokerCore

/// Takes what a build was given as a secret out of what its builder prints: that goes to terminals, logs and
/// `stoker status`, and a `RUN` that echoes a token must not put it there.
///
/// Masked are the lines of each secret and, of a line that names a value (`token=…`, `"token": "…"`), the value. A
/// step that prints a secret in another form, such as Base64, is not seen through.
struct SecretMask: Sendable {
    static let replacement = "***"
    /// The longest first, so that none is left over of one that contains another.
    private let values: [String]

    /// Shorter ones are words that a builder prints anyway.
    private static let shortest = 6
    /// BuildKit takes no more as a secret.
    private static let sizeLimit = 500 << 10
    private static let countLimit = 1_000

    init(texts: [String] = []) {
        let values = texts.flatMap { text in
            text.split(whereSeparator: \.isNewline).flatMap { SecretMask.values(ofLine: $0) }
        }
        self.values = Array(
            Set(values).sorted { $0.utf8.count > $1.utf8.count }.prefix(SecretMask.countLimit))
    }

    /// - Parameters:
    ///   - credentials: what cannot be read of them the builder reports, and it prints none of it.
    ///   - environment: what the builder reads its variables from.
    init(_ credentials: BuildCredentials, environment: [String: String]) {
        self.init(texts: credentials.secrets.compactMap { SecretMask.text(of: $0, environment) })
    }

    /// - Parameter secret: as `--secret` takes it.
    private static func text(of secret: String, _ environment: [String: String]) -> String? {
        let fields = Dictionary(
            secret.split(separator: ",").compactMap { field -> (String, String)? in
                let parts = field.split(separator: "=", maxSplits: 1)
                return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
            }, uniquingKeysWith: { first, _ in first })
        if let file = fields["src"] ?? fields["source"],
            let bytes = try? HeldFile(file, O_RDONLY | O_NONBLOCK).readAll(limit: sizeLimit)
        {
            return String(decoding: bytes, as: UTF8.self)
        }
        return (fields["env"] ?? fields["id"]).flatMap { environment[$0] }
    }

    private static func values(ofLine line: Substring) -> [String] {
        func trimmed(_ text: some StringProtocol) -> String {
            text.trimmingCharacters(in: CharacterSet(charactersIn: " \t\r\"',;{}[]()<>"))
        }
        let marks: [Character] = ["=", ":", " ", "\t"]
        let value = line.lastIndex { marks.contains($0) }.map { line[line.index(after: $0)...] }
        let named = line.firstIndex { $0 == "=" || $0 == ":" }.map { line[line.index(after: $0)...] }
        return [trimmed(line), value.map(trimmed), named.map(trimmed)].compactMap(\.self).filter {
            $0.utf8.count >= shortest
        }
    }

    func masked(_ line: String) -> String {
        values.reduce(line) { line, value in
            line.contains(value) ? line.replacing(value, with: SecretMask.replacement) : line
        }
    }
}
