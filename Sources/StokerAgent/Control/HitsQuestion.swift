import Glibc
import StokerCore
package import StokerKit
package import SystemPackage

/// Asks whether images are known to be the ones for today's inputs, without anything being begun.
/// `POST /v1/hits`; the answer is an array of `WarmResult`, or status 204 when nothing is known for certain.
///
/// Of few and plain parts, since it is written and its answer read by a program that has no time for more.
package struct HitsQuestion: Codable, Sendable, Equatable {
    /// The project's folder, absolute.
    package var project: String
    /// What the configuration calls the images; without any, all.
    package var images: [String]
    /// The path of the engine's Unix socket.
    package var engine: String

    package init(project: String, images: [String], engine: String) {
        (self.project, self.images, self.engine) = (project, images, engine)
    }

    /// Asks by plain system calls.
    ///
    /// - Returns: In the order asked for; `nil` for whatever is out of the ordinary.
    package func ask(agentAt socket: FilePath) -> [WarmResult]? {
        guard let status = try? FileStatus.of(socket.string), status.owner == geteuid(), let text = json,
            var exchange = PlainExchange(socket: socket.string), exchange.ask("/v1/hits", sending: text),
            let answer = exchange.answer(), answer.status == 200,
            case .array(let elements) = PlainJSON(answer.body)
        else { return nil }
        let results = elements.compactMap(HitsQuestion.result)
        return results.isEmpty || results.count != elements.count ? nil : results
    }

    /// `nil` when something in it would have to be escaped.
    private var json: String? {
        let isPlain = ([project, engine] + images).joined().utf8.allSatisfy {
            (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard isPlain else { return nil }
        let names = images.map { "\"\($0)\"" }.joined(separator: ",")
        return "{\"project\":\"\(project)\",\"images\":[\(names)],\"engine\":\"\(engine)\"}"
    }

    /// A hit without anything else to say.
    private static func result(_ json: PlainJSON) -> WarmResult? {
        guard let name = json["name"]?.string, let image = json["image"]?.string,
            let imageID = json["imageID"]?.string, let digest = json["digest"]?.string,
            json["outcome"]?.string == WarmOutcome.hit.rawValue,
            json["via"]?.string == WarmRoute.agent.rawValue,
            let seconds = json["seconds"]?.number, json["warnings"]?.strings == []
        else { return nil }
        return WarmResult(
            name: name, image: image, imageID: imageID, digest: digest, outcome: .hit, via: .agent,
            seconds: seconds, reason: nil, warnings: [])
    }
}
