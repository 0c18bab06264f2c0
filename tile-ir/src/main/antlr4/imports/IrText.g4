// What the text forms of tile IR and thread IR have in common.
grammar IrText;

values : VALUE (',' VALUE)* ;

unaryKind
  : 'neg' | 'abs' | 'not' | 'exp2' | 'exp' | 'log2' | 'log' | 'sqrt' | 'rsqrt' | 'recip'
  | 'sin' | 'cos' | 'tanh' | 'floor' | 'ceil' | 'round'
  ;

binaryKind
  : 'add' | 'sub' | 'mul' | 'div' | 'rem' | 'min' | 'max' | 'and' | 'or' | 'xor' | 'shl' | 'shr'
  ;

predicate : 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' ;

rounding : 'nearest_even' | 'toward_zero' ;

literal : INT | FLOAT ;

// Names that are words of this language are written in quotes.
name : ID | STRING ;

location : 'loc' '(' STRING ':' INT 'in' STRING ')' ;

VALUE : '%' [A-Za-z0-9_]+ ;
SYMBOL : '@' (WORD | TEXT) ;
FLOAT
  : '-'? [0-9]+ '.' [0-9]+ EXPONENT?
  | '-'? [0-9]+ EXPONENT
  | '-'? 'inf'
  | 'nan'
  ;
INT : '-'? [0-9]+ ;
ID : WORD ;
STRING : TEXT ;
COMMENT : '//' ~[\r\n]* -> skip ;
BLANK : [ \t\r\n]+ -> skip ;
UNKNOWN : . ;

fragment WORD : [A-Za-z_] [A-Za-z0-9_]* ;
fragment TEXT : '"' (~["\\\r\n] | '\\' .)* '"' ;
fragment EXPONENT : [eE] [+-]? [0-9]+ ;
