import Crypto

/// Turns known inputs into the image's digest. A look at the project and a copy of it both come through
/// here, so that the same bytes have the same digest whoever read them.
///
/// What does not count: times, owners, the machine, absolute paths, the tag, `pull`, the caches, and the mode of
/// the context's root.
///
/// The ignore files' bytes count, and not only what they leave out: the builder reads them once more, and builders
/// disagree about some (`a/b`, then `!a`). So an edit of one is another digest, even where the entries stay.
public enum InputDigester {
    /// The first field. It changes whenever the encoding does, so that no two encodings can ever agree.
    static let format = "stoker inputs 3"

    /// - Parameters:
    ///   - ignoreFiles: By the context's name, as `InputPlan` has them.
    ///   - entries: Of the build context, each path once, in any order.
    public static func digest(
        image: ImageSettings, dockerfile: [UInt8], ignoreFiles: [String: DecidingFile],
        entries: [InputEntry], contexts: [String: NamedContextInputs] = [:]
    ) -> ContentDigest {
        digest(image: image, dockerfile: dockerfile, ignoreFiles: ignoreFiles, contexts: contexts) {
            add(entries, to: &$0)
        }
    }

    /// - Parameter main: Adds the build context's entries: their count, and then each in byte order of its
    ///   path.
    static func digest(
        image: ImageSettings, dockerfile: [UInt8], ignoreFiles: [String: DecidingFile],
        contexts: [String: NamedContextInputs], main: (inout FieldHasher) -> Void
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
        let ignoreFiles = sorted(ignoreFiles)
        fields.add(count: ignoreFiles.count)
        for (name, file) in ignoreFiles {
            fields.add(name)
            // The legacy builder does not know the Dockerfile's own ignore file.
            fields.add(byte: file.isBesideDockerfile ? 1 : 0)
            fields.add(file.bytes)
        }
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
            add(
                $0, entry.kind, permissions: entry.permissions, link: entry.link,
                attributes: entry.attributes,
                to: &fields)
        }
    }

    /// One entry, in the parts of an `InputEntry`: a hundred thousand need not be made for it.
    static func add(
        _ path: UnsafeBufferPointer<UInt8>, _ kind: InputEntry.Kind, permissions: UInt32, link: BytePath?,
        attributes: ContentDigest?, to fields: inout FieldHasher
    ) {
        fields.add(path)
        switch kind {
        case .file(let digest):
            fields.add(byte: link == nil ? 1 : 7)
            fields.add(count: Int(permissions))
            fields.add(digest)
            if let link { fields.add(link.bytes) }
        case .directory:
            fields.add(byte: attributes == nil ? 2 : 8)
            fields.add(count: Int(permissions))
            if let attributes { fields.add(attributes) }
        case .symbolicLink(let target):
            fields.add(byte: 3)
            fields.add(target)
        case .fifo:
            fields.add(byte: 4)
            fields.add(count: Int(permissions))
        case .socket:
            fields.add(byte: 9)
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
