/// The variables of a platform, which BuildKit sets and the legacy builder does not.
enum PlatformArguments {
    /// Before the first FROM.
    static func environment(_ surroundings: DockerfileSurroundings) -> BuildEnvironment {
        var environment = BuildEnvironment()
        let target = surroundings.platform ?? surroundings.enginePlatform
        for (prefix, platform) in [("TARGET", target), ("BUILD", surroundings.enginePlatform)] {
            let parts = platform.flatMap(values)
            for (index, suffix) in ["PLATFORM", "OS", "ARCH", "VARIANT"].enumerated() {
                let name = "\(prefix)\(suffix)"
                let value: PossibleValue
                if let argument = surroundings.arguments[name] {
                    value = .certain(Array(argument.utf8))
                } else if let parts {
                    value = .oneOf(parts[index].map { Array($0.utf8) } + [nil])
                } else {
                    value = .unknown("the value of $\(name) is not known")
                }
                environment.set(Array(name.utf8), value, isEnvironment: false)
            }
        }
        environment.set(
            Array("TARGETSTAGE".utf8), .unknown("the value of $TARGETSTAGE is not known"),
            isEnvironment: false)
        return environment
    }

    /// Whole, system, architecture, variant; `nil` for a platform that builders might write otherwise.
    private static func values(_ platform: String) -> [[String]]? {
        guard let text = canonical(platform) else { return nil }
        let parts = text.split(separator: "/").map(String.init)
        if parts[1] == "arm64" { return [[text, "\(text)/v8"], [parts[0]], [parts[1]], ["", "v8"]] }
        return [[text], [parts[0]], [parts[1]], [parts.count > 2 ? parts[2] : ""]]
    }

    /// One writing for each platform that is known for certain.
    static func canonical(_ platform: String) -> String? {
        switch platform.lowercased() {
        case "linux/amd64", "linux/x86_64", "linux/x86-64": "linux/amd64"
        case "linux/arm64", "linux/arm64/v8", "linux/aarch64": "linux/arm64"
        case "linux/arm/v6": "linux/arm/v6"
        case "linux/arm/v7": "linux/arm/v7"
        case "linux/386": "linux/386"
        case "linux/ppc64le": "linux/ppc64le"
        case "linux/s390x": "linux/s390x"
        case "linux/riscv64": "linux/riscv64"
        default: nil
        }
    }
}
