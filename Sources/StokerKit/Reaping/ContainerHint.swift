import Foundation

/// What an engine tells of its containers by itself. Nothing may rest on it: an engine drops events that nobody reads
/// in time, and repeats them, without a word.
public enum ContainerHint: Sendable, Equatable {
    /// The engine can be heard, for the first time or again; nobody knows what has happened before.
    case connected
    /// A container of this name has been created, started or renamed, or has ended.
    case changed(name: String)

    /// What the engine is asked for, as the `filters` of `/events`.
    static let filters =
        #"{"type":["container"],"event":["create","start","die","rename"]}"#

    private struct Event: Decodable {
        struct Actor: Decodable {
            var attributes: [String: String]?
            enum CodingKeys: String, CodingKey { case attributes = "Attributes" }
        }
        var actor: Actor?
        enum CodingKeys: String, CodingKey { case actor = "Actor" }
    }

    /// - Parameter line: one event, as JSON.
    /// - Returns: `nil` for what tells no container's name.
    init?(event line: String) {
        guard let event = try? JSONDecoder().decode(Event.self, from: Data(line.utf8)),
            let name = event.actor?.attributes?["name"]
        else { return nil }
        self = .changed(name: name)
    }
}
