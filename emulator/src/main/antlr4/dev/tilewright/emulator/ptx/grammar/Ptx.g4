/*
 * PTX text (PTX ISA, "Syntax" and "State Spaces, Types, and Variables").
 *
 * The grammar knows the shape of the text only. Which opcodes, modifiers and types exist is the
 * business of the instruction families, so that an unknown one is reported by name and not as a
 * syntax error.
 */
grammar Ptx;

module : directive* EOF ;

directive
  : VERSION FLOAT                                   # versionDirective
  | TARGET ID (',' ID)*                             # targetDirective
  | ADDRESS_SIZE INTEGER                            # addressSizeDirective
  | fileDirective                                   # fileItem
  | locDirective                                    # locItem
  | SECTION name=dotted '{' sectionItem* '}'        # sectionDirective
  | PRAGMA STRING ';'                               # pragmaDirective
  | ALIAS ID ',' ID ';'                             # aliasDirective
  | function                                        # functionItem
  | variable ';'                                    # variableItem
  ;

fileDirective : FILE index=INTEGER path=STRING (',' INTEGER)* ;

locDirective
  : LOC file=INTEGER line=INTEGER column=INTEGER
    (',' ID ID (('+' | '-') INTEGER)? ',' ID inFile=INTEGER inLine=INTEGER inColumn=INTEGER)?
  ;

sectionItem : ID ':' | dotted sectionValue (',' sectionValue)* ;
sectionValue : (ID | dotted | integer) (('+' | '-') (ID | integer))? ;

function
  : linkage* kind=(ENTRY | FUNC) parameters? ID parameters? functionAttribute* (body | ';')
  ;

linkage : EXTERN | VISIBLE | WEAK | COMMON ;

parameters : '(' (variable (',' variable)*)? ')' ;

functionAttribute : dotted (integer (',' integer)*)? | PRAGMA STRING ';' ;

variable : linkage* space qualifier* declarator (',' declarator)* ;

space : REG | PARAM | SHARED | GLOBAL | LOCAL | CONST ;

qualifier
  : ALIGN INTEGER
  | PTR
  | space
  | DOTTED ('(' ID (',' integer)* ')')?
  ;

declarator : ID ('<' INTEGER '>')? dimension* ('=' initializer)? ;
dimension : '[' INTEGER? ']' ;

initializer
  : '{' (initializer (',' initializer)*)? '}'
  | ID '(' initializer ')'
  | ID (('+' | '-') integer)?
  | constant
  ;

body : '{' statement* '}' ;

statement
  : ID ':' BRANCHTARGETS ID (',' ID)* ';'                        # branchTargets
  | ID ':' CALLTARGETS ID (',' ID)* ';'                          # callTargets
  | ID ':' CALLPROTOTYPE parameters? ID parameters? functionAttribute* ';'   # callPrototype
  | ID ':'                                                       # label
  | variable ';'                                                 # localVariable
  | body                                                         # scope
  | locDirective                                                 # locStatement
  | fileDirective                                                # fileStatement
  | PRAGMA STRING ';'                                            # pragmaStatement
  | instruction                                                  # instructionStatement
  ;

instruction : guard? opcode=ID dotted* (operand (',' operand)*)? ';' ;

guard : '@' not='!'? ID ;

operand
  : '{' operand (',' operand)* '}'                  # vectorOperand
  | '[' operand (',' operand)* ']'                  # addressOperand
  | '(' (operand (',' operand)*)? ')'               # listOperand
  | first=ID '|' second=ID                          # pairOperand
  | '!' ID                                          # invertedOperand
  | ID dotted? offset?                              # nameOperand
  | constant                                        # constantOperand
  ;

offset : '+' integer | '-' INTEGER ;

constant : '-'? (FLOAT | INTEGER) | FLOAT_BITS | DOUBLE_BITS ;

integer : '-'? INTEGER ;

dotted
  : DOTTED | VERSION | TARGET | FILE | LOC | SECTION | PRAGMA | ALIAS | ENTRY | FUNC | EXTERN
  | VISIBLE | WEAK | COMMON | REG | PARAM | SHARED | GLOBAL | LOCAL | CONST | ALIGN | PTR
  ;

VERSION : '.version' ;
TARGET : '.target' ;
ADDRESS_SIZE : '.address_size' ;
FILE : '.file' ;
LOC : '.loc' ;
SECTION : '.section' ;
PRAGMA : '.pragma' ;
ALIAS : '.alias' ;
ENTRY : '.entry' ;
FUNC : '.func' ;
EXTERN : '.extern' ;
VISIBLE : '.visible' ;
WEAK : '.weak' ;
COMMON : '.common' ;
REG : '.reg' ;
PARAM : '.param' ;
SHARED : '.shared' ;
GLOBAL : '.global' ;
LOCAL : '.local' ;
CONST : '.const' ;
ALIGN : '.align' ;
PTR : '.ptr' ;
BRANCHTARGETS : '.branchtargets' ;
CALLTARGETS : '.calltargets' ;
CALLPROTOTYPE : '.callprototype' ;

DOTTED : '.' [a-zA-Z0-9_]+ ('::' [a-zA-Z0-9_]+)* ;
FLOAT_BITS : '0' [fF] HEX HEX HEX HEX HEX HEX HEX HEX ;
DOUBLE_BITS
  : '0' [dD] HEX HEX HEX HEX HEX HEX HEX HEX HEX HEX HEX HEX HEX HEX HEX HEX
  ;
FLOAT : [0-9]+ '.' [0-9]* ([eE] [+-]? [0-9]+)? | [0-9]+ [eE] [+-]? [0-9]+ ;
INTEGER : ('0' [xX] HEX+ | '0' [bB] [01]+ | [0-9]+) 'U'? ;
ID : [a-zA-Z] [a-zA-Z0-9_$]* | [_$%] [a-zA-Z0-9_$]* ;
STRING : '"' ~["\r\n]* '"' ;

LINE_COMMENT : '//' ~[\r\n]* -> skip ;
BLOCK_COMMENT : '/*' .*? '*/' -> skip ;
SPACE : [ \t\r\n\u000C]+ -> skip ;

fragment HEX : [0-9a-fA-F] ;
