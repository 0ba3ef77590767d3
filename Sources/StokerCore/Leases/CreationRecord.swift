/// What the journal of a lease says of one creation, in a slot of fixed size, so that one can be found by its number and
/// the answer be written over what was blank. A slot never crosses the sectors of a disk, which are written whole.
public struct CreationRecord: Sendable, Equatable {
    public var mark: CreationMark
    public var kind: LeasedKind
    /// When the engine was asked, on the engine's clock as far as it was known.
    public var asked: EngineTime
    /// What the engine has answered that it made: an ID, or a volume's name. `nil` as long as it has not.
    public var id: String?

    /// Bytes.
    static let size = 128
    /// Digits of an ID, and of the names that an engine gives to volumes.
    private static let idLength = 64

    public init(mark: CreationMark, kind: LeasedKind, asked: EngineTime, id: String? = nil) {
        self.mark = mark
        self.kind = kind
        self.asked = asked
        self.id = id
    }

    /// Whether a slot has room for it. Others are not what an engine makes up, and are never removed.
    public static func canHold(id: String) -> Bool {
        id.utf8.count == idLength && id.utf8.allSatisfy(ContainerPattern.isLowerHexDigit)
    }

    private static func letter(_ kind: LeasedKind) -> String {
        switch kind {
        case .container: "c"
        case .network: "n"
        case .volume: "v"
        }
    }

    /// Words, blanks up to the slot's end, and an end of line.
    var slot: [UInt8] {
        var text = "\(mark.nonce) \(CreationRecord.letter(kind)) \(asked.seconds).\(asked.nanoseconds)"
        if let id { text += " \(id)" }
        var bytes = Array(text.utf8)
        bytes += Array(repeating: UInt8(ascii: " "), count: max(0, CreationRecord.size - 1 - bytes.count))
        return bytes + [UInt8(ascii: "\n")]
    }

    /// `nil` for what is not the slot of this mark, or not whole.
    init?(slot: [UInt8], of mark: CreationMark) {
        guard slot.count == CreationRecord.size, slot.last == UInt8(ascii: "\n") else { return nil }
        let words = slot.dropLast().split(separator: UInt8(ascii: " ")).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard words.count == 3 || words.count == 4, words[0] == mark.nonce,
            let kind = [LeasedKind.container, .network, .volume].first(where: {
                CreationRecord.letter($0) == words[1]
            })
        else { return nil }
        let time = words[2].split(separator: ".")
        guard time.count == 2, let seconds = Int64(time[0]), let nanoseconds = Int32(time[1]),
            let asked = EngineTime(unixSeconds: seconds, nanoseconds: nanoseconds)
        else { return nil }
        let id = words.count == 4 ? words[3] : nil
        if let id, !CreationRecord.canHold(id: id) { return nil }
        self.init(mark: mark, kind: kind, asked: asked, id: id)
    }

    /// How much earlier than it was asked for something may seem to be created: the list of containers drops fractions
    /// of a second, and the engine's clock is not known to the nanosecond.
    private static let before = Duration.seconds(2)
    /// How long an engine may take until it begins to create.
    private static let patience = Duration.seconds(10)

    /// Whether something that was created at that time can be what was asked for; `nil` when it is older than the
    /// question, as no copy can be either: a clock was set meanwhile.
    func fits(_ created: EngineTime) -> Bool? {
        let delay = created.since(asked)
        return delay < .zero - CreationRecord.before ? nil : delay <= CreationRecord.patience
    }
}
