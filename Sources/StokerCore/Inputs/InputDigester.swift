import Crypto

/// Turns known inputs into the image's digest. A look at the project and a copy of it both come through
/// here, so that the same bytes have the same digest whoever read them.
///
/// What does not count: times, owners, the machine, absolute paths, the tag, `pull`, the caches, the mode of
/// the context's root, and the ignore file's text (unless it is a file of the context itself), since its
/// effect is in the entries.
public enum InputDigester {
    /// The first field. It changes whenever the encoding does, so that no two encodings can ever agree.
    static let format = "stoker inputs 2"

    /// - Parameter entries: Of the build context, each path once, in any order.
    public static func digest(
        image: ImageSettings, dockerfile: [UInt8], entries: [InputEntry],
        contexts: [String: NamedContextInputs] = [:]
    ) -> ContentDigest {
        digest(image: image, dockerfile: dockerfile, contexts: contexts) { add(entries, to: &$0) }
    }

    /// - Parameter main: Adds the build context's entries: their count, and then each in byte order of its
    ///   path.
    static func digest(
        image: ImageSettings, dockerfile: [UInt8], contexts: [String: NamedContextInputs],
        main: (inout FieldHasher) -> Void
    ) -> ContentDigest {
        var fields = FieldHasher()
        fields.add(format)
        fields.add(dockerfile)
        fields.add(image.target)
        let arguments = sorted(image.arguments)
        fields.add(count: arguments.count)
        for (name, value) in arguments {
            fields.add(name)
            fields.add(value)
        }
        fields.add(image.platform)
        fields.add(image.network)
        let contexts = sorted(contexts)
        fields.add(count: contexts.count)
        for (name, inputs) in contexts {
            fields.add(name)
            switch inputs {
            case .reference(let text):
                fields.add(byte: 0)
                fields.add(text)
            case .entries(let entries):
                fields.add(byte: 1)
                add(entries, to: &fields)
            }
        }
        main(&fields)
        return fields.finish()
    }

    private static func add(_ entries: [InputEntry], to fields: inout FieldHasher) {
        let inOrder = entries.indices.dropFirst().allSatisfy {
            entries[$0 - 1].path.bytes.precedesBytewise(entries[$0].path.bytes)
        }
        let entries =
            inOrder ? entries : entries.sorted { $0.path.bytes.precedesBytewise($1.path.bytes) }
        fields.add(count: entries.count)
        for entry in entries { add(entry, to: &fields) }
    }

    private static func add(_ entry: InputEntry, to fields: inout FieldHasher) {
        entry.path.bytes.withUnsafeBufferPointer {
            add($0, entry.kind, permissions: entry.permissions, link: entry.link, to: &fields)
        }
    }

    /// One entry, in the parts of an `InputEntry`: a hundred thousand need not be made for it.
    static func add(
        _ path: UnsafeBufferPointer<UInt8>, _ kind: InputEntry.Kind, permissions: UInt32, link: BytePath?,
        to fields: inout FieldHasher
    ) {
        fields.add(path)
        switch kind {
        case .file(let digest):
            fields.add(byte: link == nil ? 1 : 7)
            fields.add(count: Int(permissions))
            fields.add(digest)
            if let link { fields.add(link.bytes) }
        case .directory:
            fields.add(byte: 2)
            fields.add(count: Int(permissions))
        case .symbolicLink(let target):
            fields.add(byte: 3)
            fields.add(target)
        case .fifo:
            fields.add(byte: 4)
            fields.add(count: Int(permissions))
        case .characterDevice(let number):
            fields.add(byte: 5)
            fields.add(count: Int(permissions))
            fields.add(number: number)
        case .blockDevice(let number):
            fields.add(byte: 6)
            fields.add(count: Int(permissions))
            fields.add(number: number)
        }
    }

    /// By the bytes of the names; `String`'s own order takes different bytes for equal.
    private static func sorted<Value>(_ values: [String: Value]) -> [(key: String, value: Value)] {
        values.sorted { Array($0.key.utf8).precedesBytewise(Array($1.key.utf8)) }
    }
}
