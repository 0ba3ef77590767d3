import StokerCore

/// A creation that is held back until its body is whole.
struct HeldCreation {
    let request: RequestHead
    let kind: LeasedKind
    /// Is given back with this, and with what has been made of it.
    let share: HeldBytes.Share
    private var framing: BodyFraming
    private var body: [UInt8] = []

    /// Bytes of a body. The engine has none; the largest that clients send are some hundred KiB.
    static let limit = 16 << 20

    init(_ request: RequestHead, _ kind: LeasedKind, in held: HeldBytes) throws(ProxyRefusal) {
        self.request = request
        self.kind = kind
        share = HeldBytes.Share(of: held)
        framing = BodyFraming(request.length)
        if request.expectation == .unknown { throw .unknownExpectation }
        if case .bytes(let count) = request.length {
            guard count <= HeldCreation.limit else { throw .tooLarge }
            // Not all that is announced comes.
            body.reserveCapacity(min(count, HeldBytes.ownLimit))
        }
    }

    var isWhole: Bool { framing.isOver }

    /// - Returns: how many of `bytes` belong to it.
    mutating func take(_ bytes: UnsafeRawBufferPointer) throws(ProxyRefusal) -> Int {
        let count: Int
        do {
            count = try framing.take(bytes) { body.append(contentsOf: $0) }
        } catch { throw .malformed(error) }
        guard body.count <= HeldCreation.limit else { throw .tooLarge }
        guard share.grow(to: body.count) else { throw .tooMuchAtOnce }
        return count
    }

    /// The whole request with the labels in it.
    func labelled(_ labels: [String: String]) -> (head: [UInt8], body: [UInt8]) {
        let insertion = LabelInsertion(labels)
        let labelled: [UInt8]?
        if body.isEmpty {
            // From 23.0 on, engines make a volume of nothing. They refuse a container or a network.
            labelled = kind == .volume && !labels.isEmpty ? insertion.whole : nil
        } else {
            labelled = insertion.adding(to: body)
        }
        if labelled == nil, request.length != .chunked, request.expectation == .none {
            return (request.head.bytes, body)
        }
        let body = labelled ?? self.body
        return (request.bytes(forBodyOf: body.count, addsType: self.body.isEmpty && labelled != nil), body)
    }
}
