import Foundation
import NIOCore
import StokerCore

/// The answer to a creation, held back from the client until it is known, and written down, what the engine has made.
struct HeldAnswer: Equatable {
    /// As it was written down when the engine was asked.
    let record: CreationRecord
    /// All that has come, for the client.
    var bytes = ByteBuffer()
    /// 0 until there is a head.
    var status = 0
    var body: [UInt8] = []
    /// Whether the engine's connection has ended after it.
    var isLast = false

    /// Bytes of a body. An engine answers with some hundred.
    static let limit = 1 << 20

    init(to record: CreationRecord) { self.record = record }

    private struct Made: Decodable {
        var id: String?
        var name: String?
        var labels: [String: String]?

        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case name = "Name"
            case labels = "Labels"
        }
    }

    /// What the engine says that it has made for this creation: an ID, or a volume's name. `nil` when it does not, or when
    /// it shows a volume that it had before, and that has other labels.
    var made: String? {
        guard (200..<300).contains(status),
            let made = try? JSONDecoder().decode(Made.self, from: Data(body))
        else { return nil }
        switch record.kind {
        case .container, .network: return made.id
        case .volume:
            let labels = made.labels.flatMap(LeaseLabels.init(labels:))
            return labels?.creation == record.mark ? made.name : nil
        }
    }
}
