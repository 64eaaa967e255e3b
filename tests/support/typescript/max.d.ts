// Globals of Max's js object, as far as the device uses them.

declare var autowatch: number;
declare var inlets: number;
declare var outlets: number;
declare function include(file: string): void;
declare function outlet(number: number, ...values: any[]): void;
declare function arrayfromargs(values: IArguments): any[];
declare function error(text: string): void;
declare function setinletassist(number: number, text: string): void;
declare function setoutletassist(number: number, text: string): void;

interface Function {
    local?: number; // 1: no message calls the function
}

interface Error {
    stack?: string;
}

declare class LiveAPI {
    constructor(path: string);
    id: string;
    info: string;
    get(property: string): any;
    set(property: string, value: any): void;
    call(name: string, ...values: any[]): any;
}

declare class Task {
    constructor(callback: () => void);
    schedule(milliseconds: number): void;
    cancel(): void;
}

declare class Dict {
    constructor(name: string);
    stringify(): string;
}
