/// An ONBUILD instruction, carried out right after the FROM of a stage that builds on its image.
struct Trigger {
    /// The instruction; empty when it cannot matter, `nil` when it has no certain meaning.
    let instructions: [Instruction]?
    /// How a read through it is named: `ONBUILD COPY of python:3`.
    let origin: String
    /// Of its text, in bytes.
    let length: Int
    /// Whether its text has a character that escapes in some Dockerfile.
    let hasEscapes: Bool

    /// Of an image: the text behind ONBUILD. Builders parse it by itself, hence with a backslash as escape.
    init(_ text: String, of origin: String) {
        self.init(bytes: Array(text.utf8), of: origin)
    }

    /// In the Dockerfile itself.
    init(_ instruction: Instruction, of origin: String) {
        var bytes = Array(instruction.arguments)
        for name in instruction.hereDocuments { bytes += [0x0A] + name }
        self.init(bytes: bytes, of: origin)
    }

    private init(bytes: [UInt8], of origin: String) {
        self.origin = origin
        length = bytes.count
        hasEscapes = bytes.contains(UInt8(ascii: "\\")) || bytes.contains(UInt8(ascii: "`"))
        let parse = UnifiedParse(bytes, name: origin, escape: UInt8(ascii: "\\"))
        let parser = parse.parser
        let isPlain = parse.error == nil && parse.doubt == nil && parser.count == 1
        let isAllowed = parser.instructions.allSatisfy { $0.keyword != .from && $0.keyword != .onbuild }
        instructions = isPlain && isAllowed ? parser.instructions : nil
    }
}
