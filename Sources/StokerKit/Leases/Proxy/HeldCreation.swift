import StokerCore

/// A creation that is held back until its body is whole.
struct HeldCreation {
    let request: RequestHead
    let kind: LeasedKind
    private var framing: BodyFraming
    private var body: [UInt8] = []

    /// Bytes of a body. The engine has none; the largest that clients send are some hundred KiB.
    static let limit = 16 << 20

    init(_ request: RequestHead, _ kind: LeasedKind) throws(ProxyRefusal) {
        self.request = request
        self.kind = kind
        framing = BodyFraming(request.length)
        if request.expectation == .unknown { throw .unknownExpectation }
        if case .bytes(let count) = request.length {
            guard count <= HeldCreation.limit else { throw .tooLarge }
            body.reserveCapacity(count)
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
